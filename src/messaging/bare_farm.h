/* A bare MPI manager and worker farm and a ping-pong, to measure the product against. Both are
 * collective over MPI_COMM_WORLD and return seconds on the calling rank. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

double foundation_bare_farm(long tasks, int window);
double foundation_ping_pong(long rounds);

#ifdef __cplusplus
}
#endif
