// The module that the platform loads: the Worker's handler, and the classes of its objects.
import * as worker from "./index.js";
export { KeysObject, ScopeObject } from "./index.js";
export default { fetch: (request, env, context) => worker.fetch(request, env, context) };
