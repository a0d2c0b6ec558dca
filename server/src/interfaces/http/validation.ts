import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

/** A UUID as this API writes it; one spelling, so that ids can be compared as text. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** A moment with its offset from UTC, in the only spelling that `Date` is bound to read. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function ajv(coerceTypes: boolean): Ajv {
  const instance = new Ajv({
    coerceTypes, useDefaults: true, removeAdditional: false, allErrors: true, allowUnionTypes: true,
    // "1e309" in a query becomes Infinity, which a strict comparison with the limits would leave out.
    strictNumbers: !coerceTypes,
  });
  addFormats.default(instance, ['date', 'email']);
  instance.addFormat('uuid', uuid);
  instance.addFormat('well-formed', (text: string) => text.isWellFormed());
  instance.addFormat('date-time', isDateTime);
  return instance;
}

/** Also that the day is in the calendar: `Date` would take 30 February for 2 March. */
function isDateTime(text: string): boolean {
  if (!dateTime.test(text) || Number.isNaN(Date.parse(text))) return false;
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

const strict = ajv(false);
const coercing = ajv(true);

/**
 * JSON bodies say what they mean: "1" is not 1. Queries, paths and headers are text by nature, so numbers in them are converted;
 * a repeated parameter is a list, which none of them takes.
 */
export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? strict : coercing).compile(schema);
