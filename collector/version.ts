/** Version of the collector, as it stands in hello, OpenAPI and `centre.started`. */
export const COLLECTOR_VERSION = "0.1.0";
