import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

/** A UUID as this API writes it; one spelling, so that ids can be compared as text. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const controlCharacters = /[\u0000-\u001f\u007f]/;

function ajv(coerceTypes: boolean): Ajv {
  const instance = new Ajv({ coerceTypes, useDefaults: true, removeAdditional: false, allErrors: true, allowUnionTypes: true });
  addFormats.default(instance, ['date-time', 'date', 'email']);
  instance.addFormat('uuid', uuid);
  instance.addFormat('text', (text: string) => text.isWellFormed() && !controlCharacters.test(text));
  return instance;
}

const strict = ajv(false);
const coercing = ajv(true);

/**
 * JSON bodies say what they mean: "1" is not 1. Queries, paths and headers are text by nature, so numbers in them are converted;
 * a repeated parameter is a list, which none of them takes.
 */
export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? strict : coercing).compile(schema);
