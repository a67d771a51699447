/** The part of autocannon that is used here; it comes without types. */
declare module "autocannon" {
  interface Client {
    setRequests(requests: object[]): void;
  }

  interface Options {
    url: string;
    connections: number;
    /** In seconds, as the others. */
    duration: number;
    timeout: number;
    setupClient(client: Client): void;
  }

  interface Result {
    "2xx": number;
    non2xx: number;
    errors: number;
    timeouts: number;
    /** In seconds. */
    duration: number;
    /** In bytes. */
    throughput: { total: number };
  }

  export default function autocannon(options: Options): Promise<Result>;
}
