import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ReplayableRefusal } from '../../application/answers.ts';
import { StoreConflict, StoreUnavailable } from '../../application/ports.ts';
import { Refusal, type RefusalCode, type RefusalDetails } from '../../domain/refusal.ts';
import { type FieldError, problem, problemTexts } from './problems.ts';
import { languageOf } from './language.ts';

/** Seconds after which a client may try again when nothing better is known. */
export const retryAfterSeconds = 1;

/** Gives an error of the store's driver as the error that the application knows; anything else as it is. */
export type TranslateError = (error: unknown) => unknown;

/** Turns every error into `application/problem+json`, and whatever is not an expected refusal into a logged 500 without internals. */
export function answerRefusals(app: FastifyInstance, translateError: TranslateError): void {
  app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
    // A client that goes away in the middle of its body has lost a connection, but not one to the store.
    const ofRequest = 'statusCode' in error && error.statusCode !== undefined && error.statusCode < 500;
    return sendRefusal(ofRequest ? error : translateError(error), request, reply);
  });
  app.setNotFoundHandler(() => {
    throw new Refusal('ROUTE_NOT_FOUND');
  });
}

/** Also used where a request fails before there is a route, such as a malformed address. */
export function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refused = refusalOf(error);
  if (refused.code === 'INTERNAL') request.log.error({ err: error }, 'unexpected error');
  if (refused.code === 'UNAVAILABLE') request.log.warn({ err: error }, 'dependency unavailable');
  const { status } = problemTexts[refused.code];
  if (status === 503 || status === 429) reply.header('retry-after', refused.details?.['retryAfterSeconds'] ?? retryAfterSeconds);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (refused.replayed) reply.header('idempotency-replayed', 'true');
  const body = { ...problem(refused.code, languageOf(request), refused.details), ...(refused.errors && { errors: refused.errors }) };
  return reply.code(status).header('content-type', 'application/problem+json').serializer(JSON.stringify).send(body);
}

interface Refused {
  code: RefusalCode;
  details?: RefusalDetails;
  errors?: FieldError[];
  replayed?: boolean;
}

function refusalOf(error: unknown): Refused {
  if (error instanceof ReplayableRefusal) return error;
  if (error instanceof Refusal) return { code: error.code, details: error.details };
  if (error instanceof StoreUnavailable || error instanceof StoreConflict) return { code: 'UNAVAILABLE' };
  const { validation, validationContext, statusCode, code } = error as Partial<FastifyError>;
  if (validation) return { code: 'VALIDATION_FAILED', errors: validation.map((issue) => fieldError(validationContext, issue)) };
  if (statusCode === 413) return { code: 'PAYLOAD_TOO_LARGE' };
  if (statusCode === 415) return { code: 'UNSUPPORTED_MEDIA_TYPE' };
  if (statusCode === 404) return { code: 'ROUTE_NOT_FOUND' };
  const atTheEdge = statusCode !== undefined && statusCode >= 400 && statusCode < 500 && code !== undefined;
  return { code: atTheEdge ? 'MALFORMED_REQUEST' : 'INTERNAL' };
}

type Issue = NonNullable<FastifyError['validation']>[number];

function fieldError(context: string | undefined, { instancePath, params, message }: Issue): FieldError {
  const named = params['missingProperty'] ?? params['additionalProperty'];
  const path = instancePath.split('/').slice(1);
  if (typeof named === 'string') path.push(named);
  return { field: path.join('.') || (context ?? 'body'), message: message ?? 'is not valid' };
}
