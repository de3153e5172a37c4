/* Two ranks exchange in a region within a region; rank 1 comes late. Regions lie before MPI_Init
 * and behind MPI_Finalize, too. Prints how long rank 1 has slept, in nanoseconds. */
#define _GNU_SOURCE
#include <time.h>

#include <mpi.h>
#include <stdio.h>

#include "foundation/trace.h"

enum { rounds = 5, pause_ms = 20 };

static foundation_trace_name setup = FOUNDATION_TRACE_NAME("setup");
static foundation_trace_name solve = FOUNDATION_TRACE_NAME("solve");
static foundation_trace_name exchange = FOUNDATION_TRACE_NAME("exchange");
static foundation_trace_name compute = FOUNDATION_TRACE_NAME("compute");
static foundation_trace_name teardown = FOUNDATION_TRACE_NAME("teardown");
static foundation_trace_name residual = FOUNDATION_TRACE_COUNTER("residual", "Pa");

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long be_late(void) {
  const struct timespec pause = {0, pause_ms * 1000000L};
  const long long begin = now_ns();
  foundation_trace_begin(&compute);
  nanosleep(&pause, NULL);
  foundation_trace_end(&compute);
  return now_ns() - begin;
}

int main(int argc, char** argv) {
  int rank = 0;
  long long late = 0;
  foundation_trace_begin(&setup);
  MPI_Init(&argc, &argv);
  foundation_trace_end(&setup);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  foundation_trace_begin(&solve);
  for (int i = 0; i < rounds; ++i) {
    int data = i;
    if (rank == 1) late += be_late();
    foundation_trace_begin(&exchange);
    if (rank == 1) MPI_Send(&data, 1, MPI_INT, 0, i, MPI_COMM_WORLD);
    if (rank == 0) MPI_Recv(&data, 1, MPI_INT, 1, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    foundation_trace_end(&exchange);
    foundation_trace_count(&residual, 1.0 / (i + 1));
  }
  foundation_trace_mark_text("converged", rounds);
  MPI_Barrier(MPI_COMM_WORLD);
  foundation_trace_end(&solve);
  MPI_Finalize();
  foundation_trace_begin(&teardown);
  foundation_trace_end(&teardown);
  if (rank == 1) printf("%lld\n", late);
  return 0;
}
