export type { TaskSettings } from "./settings.ts";
export { type TaskBell, type TaskChange, Tasks } from "./tasks.ts";
