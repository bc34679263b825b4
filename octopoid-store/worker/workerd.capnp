# The Worker on this machine, without an account: from the folder dist,
#     mkdir -p state && workerd serve workerd.capnp
# Anybody on this machine may use it until there is a key. To require keys, set OCTOPOID_ACCESS to `keys`, and OCTOPOID_ADMIN_TOKEN.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "octopoid", worker = .octopoid),
    (name = "state", disk = (path = "state", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "octopoid")],
);

const octopoid :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "shim.mjs", esModule = embed "shim.mjs"),
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
    (name = "SNIPPET", esModule = embed "SNIPPET"),
  ],
  durableObjectNamespaces = [
    (className = "ScopeObject", uniqueKey = "scopes", enableSql = true),
    (className = "KeysObject", uniqueKey = "keys", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SCOPES", durableObjectNamespace = "ScopeObject"),
    (name = "KEYS", durableObjectNamespace = "KeysObject"),
    (name = "OCTOPOID_ACCESS", text = "until-there-is-a-key"),
  ],
);
