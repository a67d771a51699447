export type { TaskSettings } from "./settings.ts";
export { type TaskBell, type TaskChange, type TaskFleet, Tasks } from "./tasks.ts";
