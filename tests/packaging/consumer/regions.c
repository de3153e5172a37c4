/* What somebody writes who has the installed headers and wants to be traced. */
#include <foundation/trace.h>
#include <stdio.h>

static foundation_trace_name solve = FOUNDATION_TRACE_NAME("solve");
static foundation_trace_name residual = FOUNDATION_TRACE_COUNTER("residual", "Pa");

int main(void) {
  foundation_trace_begin(&solve);
  foundation_trace_count(&residual, 0.5);
  foundation_trace_mark_text("converged", 1);
  foundation_trace_end(&solve);
  printf("%d\n", foundation_trace_is_on());
  return 0;
}
