/** The numbers of the contract (section Delivery). Free of zod, so that agents stay small. */
export const BATCH_RECORDS_MAX = 500;
export const BATCH_BYTES_MAX = 64 * 1024;
export const BATCHES_IN_FLIGHT_MAX = 10;
export const RECORD_BYTES_MAX = 48 * 1024;
export const CONTRACT_VERSION = 1;
