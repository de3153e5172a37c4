/* Goes into an archive and, with another name of its function, into a module. */
#include "foundation/trace.h"

#ifndef FUNCTION
#define FUNCTION run_archive
#endif
void FUNCTION(void);

static foundation_trace_name outer = FOUNDATION_TRACE_NAME("outer");

void FUNCTION(void) {
  static foundation_trace_name own = FOUNDATION_TRACE_NAME("of a module");
  foundation_trace_begin(&outer);
  foundation_trace_begin(&own);
  foundation_trace_end(&own);
  foundation_trace_end(&outer);
}
