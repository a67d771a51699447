/**
 * The Standard Schema interfaces, so that any library that has them can be used without importing it.
 * @see https://standardschema.dev/schema
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1;
  /** The library's name, such as `zod`. */
  readonly vendor: string;
  readonly validate: (
    value: unknown,
    options?: StandardSchemaOptions | undefined,
  ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
  /** Exists in types only. */
  readonly types?: StandardSchemaTypes<Input, Output> | undefined;
}

interface StandardSchemaOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

interface StandardSchemaTypes<Input = unknown, Output = Input> {
  readonly input: Input;
  readonly output: Output;
}

export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<StandardSchemaIssue> };

export interface StandardSchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/**
 * A schema that can write itself as JSON Schema.
 * @see https://standardschema.dev/json-schema
 */
export interface StandardJSONSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: StandardSchemaTypes<Input, Output> | undefined;
    readonly jsonSchema: StandardJSONSchemaConverter;
  };
}

export interface StandardJSONSchemaConverter {
  /** What the schema accepts. Throws where JSON Schema has no words for it. */
  readonly input: (options: StandardJSONSchemaOptions) => Record<string, unknown>;
  /** What the schema yields. Throws where JSON Schema has no words for it. */
  readonly output: (options: StandardJSONSchemaOptions) => Record<string, unknown>;
}

interface StandardJSONSchemaOptions {
  readonly target: "draft-2020-12" | "draft-07" | "openapi-3.0" | (string & {});
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** The type that a Standard Schema accepts. */
export type StandardInput<S extends StandardSchemaV1> = NonNullable<S["~standard"]["types"]>["input"];

/** The type that a Standard Schema yields. */
export type StandardOutput<S extends StandardSchemaV1> = NonNullable<S["~standard"]["types"]>["output"];
