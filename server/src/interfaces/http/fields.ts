import { type TSchema, Type } from 'typebox';

/** The pieces that request and answer schemas are made of. */

export const Id = Type.String({ format: 'uuid', description: 'A UUIDv7 in lower case.' });
export const Time = Type.String({ format: 'date-time', description: 'UTC, ISO 8601.' });
export const Money = Type.Integer({ description: 'Won.' });
/** One line of text that can be stored and shown: no control characters, well-formed Unicode. */
export const Text = (limits: { minLength: number; maxLength: number; description?: string }) =>
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]*$', format: 'well-formed', ...limits });

/** Like `Text`, and lines may end. */
export const MultilineText = (limits: { minLength: number; maxLength: number }) =>
  Type.String({ pattern: '^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f]*$', format: 'well-formed', ...limits });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const OneOf = <const T extends string>(values: readonly T[]) => Type.Enum([...values]);

/** Request bodies and queries name all they take; anything else is refused. */
export const Closed = <T extends Record<string, TSchema>>(properties: T, options: { minProperties?: number } = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

/** May be left out of a request; validation puts the default of the schema in its place, so code always finds a value. */
export const Defaulted = <T extends TSchema>(schema: T) => Type.Optional(schema) as unknown as T;

export const PageQuery = {
  limit: Defaulted(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description: 'From the Link header of the page before.' })),
};

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'Chosen by the client. For 24 hours a repeat gets the first answer again, marked Idempotency-Replayed: true.',
    }),
  ),
});

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String({ description: 'In English or Korean, by Accept-Language.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; for machines.' }),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  },
  { additionalProperties: true, description: 'An RFC 9457 problem.' },
);

/** The refusals that a route documents, each an `application/problem+json`. */
export function problemResponses<const S extends number>(...statuses: S[]) {
  const entries = statuses.map((status) => [
    status,
    { description: reasons[status] ?? 'Refused.', content: { 'application/problem+json': { schema: ProblemSchema } } },
  ]);
  return Object.fromEntries(entries) as Record<S, { content: { 'application/problem+json': { schema: typeof ProblemSchema } } }>;
}

const reasons: Record<number, string> = {
  400: 'Malformed or not valid.',
  401: 'No access token, or not a valid one.',
  403: 'Not yours.',
  404: 'No such thing.',
  409: 'Refused by a business rule.',
  412: 'Changed since it was read; the problem carries its `current` state.',
  413: 'Too large.',
  415: 'Not JSON.',
  422: 'The Idempotency-Key was used for a different request.',
  429: 'Too many requests; see Retry-After.',
  503: 'Overloaded, stopping, or a dependency is down; see Retry-After.',
};
