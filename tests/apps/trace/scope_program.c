/* Calls on several communicators, in and out of regions of its own, in numbers that are known:
 *
 *   scope_program ROUNDS [BEGIN END]
 *
 * Ranks come in pairs, so there must be an even number. In each round the first message of tag
 * `crossing` is sent in the region "solve" and asked for outside of it, the second is wholly in it,
 * and the third is sent outside and asked for inside. Whoever joins what is left of them by order
 * joins the wrong ones, which have other sizes. With the names of two files, the program waits for
 * the first before the rounds, and for the second behind them. */
#include <unistd.h>

#include <mpi.h>
#include <stdlib.h>

#include "foundation/trace.h"

enum { crossing = 2, persistent = 3, ring = 4 };

static foundation_trace_name solve = FOUNDATION_TRACE_NAME("solve");
static foundation_trace_name io = FOUNDATION_TRACE_NAME("io");
static foundation_trace_name steps = FOUNDATION_TRACE_NAME("steps");

static MPI_Comm row, spare;
static int rank, size, partner;

static void around_the_ring(void) {
  int out = rank;
  int in = 0;
  MPI_Sendrecv(&out, 1, MPI_INT, (rank + 1) % size, ring, &in, 1, MPI_INT, (rank + size - 1) % size,
               ring, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static void sum_on(MPI_Comm comm) {
  double one = 1;
  double sum = 0;
  MPI_Allreduce(&one, &sum, 1, MPI_DOUBLE, MPI_SUM, comm);
}

/* The even rank sends three messages, of one, two and three numbers. */
static void step(MPI_Request prepared[2]) {
  double numbers[3] = {1, 2, 3};
  double received[6];
  MPI_Request first = MPI_REQUEST_NULL;
  MPI_Request last = MPI_REQUEST_NULL;
  const int sends = rank % 2 == 0;
  if (!sends) MPI_Irecv(received, 1, MPI_DOUBLE, partner, crossing, MPI_COMM_WORLD, &first);
  around_the_ring();

  foundation_trace_begin(&solve);
  if (sends) {
    MPI_Isend(numbers, 1, MPI_DOUBLE, partner, crossing, MPI_COMM_WORLD, &first);
    MPI_Send(numbers, 2, MPI_DOUBLE, partner, crossing, MPI_COMM_WORLD);
  } else {
    MPI_Recv(received + 1, 2, MPI_DOUBLE, MPI_ANY_SOURCE, crossing, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    MPI_Irecv(received + 3, 3, MPI_DOUBLE, partner, crossing, MPI_COMM_WORLD, &last);
  }
  sum_on(row);
  MPI_Startall(2, prepared);
  MPI_Waitall(2, prepared, MPI_STATUSES_IGNORE);
  around_the_ring();
  foundation_trace_begin(&io);
  if (sends) MPI_Barrier(row);
  foundation_trace_end(&io);
  foundation_trace_end(&solve);

  if (!sends) MPI_Barrier(row);
  if (sends) MPI_Send(numbers, 3, MPI_DOUBLE, partner, crossing, MPI_COMM_WORLD);
  MPI_Wait(&first, MPI_STATUS_IGNORE);
  if (!sends) MPI_Wait(&last, MPI_STATUS_IGNORE);
  sum_on(MPI_COMM_WORLD);
  foundation_trace_begin(&io);
  sum_on(row);
  sum_on(spare);
  foundation_trace_end(&io);
  foundation_trace_count(&steps, 1);
}

static void wait_for(const char* file) {
  while (access(file, F_OK) != 0) usleep(20000);
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 2;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  partner = rank ^ 1;
  MPI_Comm_split(MPI_COMM_WORLD, rank / 2, rank, &row);
  MPI_Comm_set_name(row, "row");
  MPI_Comm_dup(MPI_COMM_WORLD, &spare);
  MPI_Comm_set_name(spare, "with, comma");
  double out = 0;
  double in = 0;
  MPI_Request prepared[2];
  MPI_Send_init(&out, 1, MPI_DOUBLE, 1 - rank % 2, persistent, row, &prepared[0]);
  MPI_Recv_init(&in, 1, MPI_DOUBLE, 1 - rank % 2, persistent, row, &prepared[1]);
  if (argc == 4) wait_for(argv[2]);
  for (int i = atoi(argv[1]); i > 0; --i) step(prepared);
  MPI_Request_free(&prepared[0]);
  MPI_Request_free(&prepared[1]);
  if (argc == 4) wait_for(argv[3]);
  MPI_Comm_free(&row);
  MPI_Comm_free(&spare);
  MPI_Finalize();
  return 0;
}
