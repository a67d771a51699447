export { clientRequestContract } from "./client-request-contract.ts";
export {
  type ContractCase,
  type ContractOptions,
  type ContractReport,
  type ContractSettings,
  type MakeInstances,
  runContract,
} from "./contract.ts";
export { journalContract } from "./journal-contract.ts";
export { sessionContract } from "./session/index.ts";
