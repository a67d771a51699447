/** How an expression's operator behaves: the table of RFC 6570, appendix A. */
export interface Operator {
  /** What an expression begins with once one of its variables has a value. */
  readonly first: string;
  /** What stands between two values. */
  readonly separator: string;
  /** Whether a value is written as `name=value`. */
  readonly named: boolean;
  /** What follows the name of an empty value. */
  readonly ifEmpty: string;
  /** Whether a value keeps its reserved characters (`/`, `?`, `,` and so on) unencoded. */
  readonly reserved: boolean;
}

/** By the character after the opening brace; the empty string is simple expansion. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["", { first: "", separator: ",", named: false, ifEmpty: "", reserved: false }],
  ["+", { first: "", separator: ",", named: false, ifEmpty: "", reserved: true }],
  ["#", { first: "#", separator: ",", named: false, ifEmpty: "", reserved: true }],
  [".", { first: ".", separator: ".", named: false, ifEmpty: "", reserved: false }],
  ["/", { first: "/", separator: "/", named: false, ifEmpty: "", reserved: false }],
  [";", { first: ";", separator: ";", named: true, ifEmpty: "", reserved: false }],
  ["?", { first: "?", separator: "&", named: true, ifEmpty: "=", reserved: false }],
  ["&", { first: "&", separator: "&", named: true, ifEmpty: "=", reserved: false }],
]);
