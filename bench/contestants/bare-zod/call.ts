// The bare limit with the schema library loaded and the schemas made, as everyone else has them.
import "../shared/tools.ts";
import "../bare/call.ts";
