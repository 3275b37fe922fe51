import * as z from 'zod/mini';
import { described } from '../http/requests/fields.ts';

/**
 * Building blocks of response schemas. Each call makes a new instance with its own description.
 * Response objects are loose: a response may gain members within a version of the API.
 */

export const text = (description: string) => described(z.string(), { description });
export const textOrNull = (description: string) => described(z.nullable(z.string()), { description });

/** An integer; in the document `int64`, since amounts go up to 2^53 - 1. */
export const integer = (description: string) => described(z.int(), { description });
export const integerOrNull = (description: string) => described(z.nullable(z.int()), { description });

export const decimal = (description: string) => described(z.number(), { description });
export const decimalOrNull = (description: string) => described(z.nullable(z.number()), { description });

export const flag = (description: string) => described(z.boolean(), { description });

export const instant = (description: string) => described(z.iso.datetime(), { description });
export const instantOrNull = (description: string) =>
  described(z.nullable(z.iso.datetime()), { description });

export const date = (description: string) => described(z.iso.date(), { description });

export const oneOf = <const V extends readonly string[]>(values: V, description: string) =>
  described(z.enum(values), { description });

export const list = <S extends z.ZodMiniType>(item: S, description: string) =>
  described(z.array(item), { description });

/** An object with a name of its own in the document. */
export const component = <F extends z.core.$ZodLooseShape>(id: string, fields: F, description?: string) =>
  described(z.looseObject(fields), { id, ...(description !== undefined && { description }) });

export const nextCursor = () => textOrNull('The `cursor` of the next page; `null`: this is the last page.');
