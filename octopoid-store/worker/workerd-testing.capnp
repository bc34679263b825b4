# For the tests: deployments that take the time and the set of objects from their requests. Never to be reached by anybody else. The ports
# are free ones, which workerd tells by --control-fd.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "one", worker = .one),
    (name = "scopes", worker = .scopes),
    (name = "keys", worker = .keys),
    (name = "chaos", worker = .chaos),
    (name = "state", disk = (path = "state", writable = true)),
  ],
  sockets = [
    (name = "one", address = "127.0.0.1:0", http = (), service = "one"),
    (name = "scopes", address = "127.0.0.1:0", http = (), service = "scopes"),
    (name = "keys", address = "127.0.0.1:0", http = (), service = "keys"),
    (name = "chaos", address = "127.0.0.1:0", http = (), service = "chaos"),
  ],
);

const modules :List(Workerd.Worker.Module) = [
  (name = "shim.mjs", esModule = embed "shim.mjs"),
  (name = "index.js", esModule = embed "index.js"),
  (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  (name = "SNIPPET", esModule = embed "SNIPPET"),
];

const one :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = .modules,
  durableObjectNamespaces = [
    (className = "ScopeObject", uniqueKey = "one-scopes", enableSql = true),
    (className = "KeysObject", uniqueKey = "one-keys", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SCOPES", durableObjectNamespace = "ScopeObject"),
    (name = "KEYS", durableObjectNamespace = "KeysObject"),
    (name = "OCTOPOID_TESTING", text = "true"),
    (name = "OCTOPOID_OBJECTS", text = "one"),
    (name = "OCTOPOID_ACCESS", text = "until-there-is-a-key"),
  ],
);

const scopes :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = .modules,
  durableObjectNamespaces = [
    (className = "ScopeObject", uniqueKey = "scopes-scopes", enableSql = true),
    (className = "KeysObject", uniqueKey = "scopes-keys", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SCOPES", durableObjectNamespace = "ScopeObject"),
    (name = "KEYS", durableObjectNamespace = "KeysObject"),
    (name = "OCTOPOID_TESTING", text = "true"),
    (name = "OCTOPOID_ACCESS", text = "until-there-is-a-key"),
    # A hundred bytes, and the line that says that there are no more.
    (name = "OCTOPOID_ARTIFACT_BYTES", text = "151"),
  ],
);

const keys :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = .modules,
  durableObjectNamespaces = [
    (className = "ScopeObject", uniqueKey = "keys-scopes", enableSql = true),
    (className = "KeysObject", uniqueKey = "keys-keys", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SCOPES", durableObjectNamespace = "ScopeObject"),
    (name = "KEYS", durableObjectNamespace = "KeysObject"),
    (name = "OCTOPOID_TESTING", text = "true"),
    (name = "OCTOPOID_ACCESS", text = "keys"),
    (name = "OCTOPOID_ADMIN_TOKEN", text = "the secret of the house"),
  ],
);

const chaos :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = .modules,
  durableObjectNamespaces = [
    (className = "ScopeObject", uniqueKey = "chaos-scopes", enableSql = true),
    (className = "KeysObject", uniqueKey = "chaos-keys", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SCOPES", durableObjectNamespace = "ScopeObject"),
    (name = "KEYS", durableObjectNamespace = "KeysObject"),
    (name = "OCTOPOID_TESTING", text = "true"),
    (name = "OCTOPOID_ACCESS", text = "until-there-is-a-key"),
    # Bounds that no test reaches.
    (name = "OCTOPOID_POLICY", text = "{\"review_rounds\":1000000,\"attempts\":1000000,\"conflicts\":1000000,\"burnout_turns\":80,\"turn_limit\":100,\"max_lease\":{\"secs\":3600,\"nanos\":0}}"),
  ],
);
