"""OpenTelemetry: what exporters are given of log records, spans and resources.

Each module but :mod:`.copies` is a part for one module of the SDK, see :mod:`logscrub.emit.libraries`. All processors
get scrubbed copies of log records, and of spans when these end. The SDK's own processors scrub once more what has
changed since, because a processor before them may have added something, so that exporters see nothing else.

The live span is not touched: the application and processors' ``on_start`` read from it what was put there. Measurements
and their exemplars are left alone, and so is baggage, which is a header and no log.

Source: OpenTelemetry specification 1.50, "Logs SDK", "Tracing SDK".
"""
