// The bare limit of a server without a schema library.
import "./call.ts";
