export { clientRequestContract } from "./client-request-contract.ts";
export {
  type ContractCase,
  type ContractOptions,
  type ContractReport,
  type ContractSettings,
  type MakeInstances,
  runContract,
} from "./contract.ts";
export { type EventBusUnderTest, eventBusContract } from "./event-bus-contract.ts";
export { handleContract } from "./handle-contract.ts";
export { journalContract } from "./journal-contract.ts";
export { sessionContract } from "./session/index.ts";
export { storeContract } from "./store-contract.ts";
export { taskContract } from "./task/index.ts";
