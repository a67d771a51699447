// The bare servers: of their delivery, the store's share is looked at.
import "../bare/delivery.ts";
