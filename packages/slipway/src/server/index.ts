export { readAnswer } from "./answer.ts";
export { askClient, type QuestionChannel } from "./ask-client.ts";
export { fromBase64Url, toBase64Url } from "./base64.ts";
export {
  type AskOptions,
  type AskWatch,
  Call,
  type CallInit,
  type CallSession,
  type CallWatch,
  type Outlet,
  type RequestView,
  type SessionValues,
} from "./call.ts";
export { cancelCall } from "./cancellation.ts";
export type { Change, ChangeNotifications } from "./changes.ts";
export { Client, type ClientFeature } from "./client.ts";
export type { Completer, CompletionContext, CompletionSource, Suggestions } from "./completer.ts";
export { Connection, type Overflow } from "./connection.ts";
export {
  type AskSettings,
  Context,
  type FormAnswer,
  type FormElicitation,
  type Log,
  type Progress,
  type RequestInfo,
  type Sampling,
  type TaskView,
  type UrlAnswer,
  type UrlElicitation,
} from "./context.ts";
export { type McpServerOptions, ServerCore } from "./core.ts";
export {
  type EncodedResponse,
  encodeError,
  encodeId,
  encodeListenEnd,
  encodeResponse,
  textOf,
} from "./encode.ts";
export { type ErrorHandler, interrupted, storeAway } from "./failure.ts";
export type { Access, Feature, FeatureKind, Features, Provider } from "./feature.ts";
export type { GroupOptions } from "./group.ts";
export type { Handle, HandleArguments, HandleOptions, OpenHandle } from "./handles.ts";
export { Heartbeat, type PingSettings } from "./heartbeat.ts";
export { type Answer, isSettled, Journal, type JournalRecord } from "./journal.ts";
export type { Limits } from "./limits.ts";
export type { LogMessage, RedactOptions, ReviewLog } from "./log-filter.ts";
export { defaultLogger, type Logger } from "./logger.ts";
export type { Middleware } from "./middleware.ts";
export {
  type Happening,
  type Load,
  type Observer,
  observed,
  observedAdapter,
  type PortName,
  type Refusal,
  type Serve,
  type Served,
} from "./observer.ts";
export { Opening } from "./opening.ts";
export { EncodedJson, type Outcome, type SubscriptionFilter } from "./outcome.ts";
export type { PromptArgument, PromptDefinition, PromptReturn } from "./prompts.ts";
export { randomId } from "./random-id.ts";
export { Redactor, type RedactSettings } from "./redact.ts";
export type { FeatureSwitch } from "./registry.ts";
export { LocalAskError, SuspendSignal } from "./replay.ts";
export type {
  ListedResource,
  ResourceDefinition,
  ResourceDescription,
  ResourceHandler,
  ResourceReturn,
  Variables,
} from "./resources.ts";
export { type Continuation, subjectOf } from "./run.ts";
export * from "./schema/index.ts";
export { Sealer, type SealOptions } from "./seal.ts";
export { McpServer } from "./server.ts";
export type { SessionView } from "./session-view.ts";
export { sha256 } from "./sha256.ts";
export { Subscriptions, wants } from "./subscriptions.ts";
export { Tally } from "./tally.ts";
export { type TaskBell, type TaskChange, type TaskSettings, Tasks } from "./tasks/index.ts";
export {
  failure,
  type GuardedTool,
  type StructuredReturn,
  type TaskSupport,
  type ToolDefinition,
  type ToolGuard,
  type ToolReturn,
} from "./tools.ts";
