/* The yardstick of `foundation bench dispatch`: a manager and workers with nothing but MPI. A task
 * is answered by its number; a worker has `window` tasks outstanding; nothing is checked, logged
 * or stored. */
#include "messaging/bare_farm.h"

#include <mpi.h>
#include <stdlib.h>

enum { tag_task = 1, tag_stop = 2, tag_result = 3 };

typedef struct {
  long number;
  double payload[2];
} task;

static void manage(long tasks, int window, int workers) {
  long sent = 0;
  task out = {0, {0, 0}};
  task in;
  MPI_Status status;
  for (int turn = 0; turn < window; ++turn)
    for (int worker = 1; worker <= workers && sent < tasks; ++worker) {
      out.number = sent++;
      MPI_Send(&out, sizeof out, MPI_BYTE, worker, tag_task, MPI_COMM_WORLD);
    }
  for (long received = 0; received < tasks; ++received) {
    MPI_Recv(&in, sizeof in, MPI_BYTE, MPI_ANY_SOURCE, tag_result, MPI_COMM_WORLD, &status);
    if (sent == tasks) continue;
    out.number = sent++;
    MPI_Send(&out, sizeof out, MPI_BYTE, status.MPI_SOURCE, tag_task, MPI_COMM_WORLD);
  }
  for (int worker = 1; worker <= workers; ++worker)
    MPI_Send(&out, 0, MPI_BYTE, worker, tag_stop, MPI_COMM_WORLD);
}

static void work(void) {
  task it;
  MPI_Status status;
  while (1) {
    MPI_Recv(&it, sizeof it, MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    if (status.MPI_TAG == tag_stop) return;
    it.payload[0] = (double)it.number;
    MPI_Send(&it, sizeof it, MPI_BYTE, 0, tag_result, MPI_COMM_WORLD);
  }
}

double foundation_bare_farm(long tasks, int window) {
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  if (rank == 0)
    manage(tasks, window, size - 1);
  else
    work();
  return MPI_Wtime() - start;
}

double foundation_ping_pong(long rounds) {
  int rank;
  task it = {0, {0, 0}};
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  for (long round = 0; round < rounds && rank < 2; ++round) {
    if (rank == 0) MPI_Send(&it, sizeof it, MPI_BYTE, 1, tag_task, MPI_COMM_WORLD);
    MPI_Recv(&it, sizeof it, MPI_BYTE, 1 - rank, tag_task, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == 1) MPI_Send(&it, sizeof it, MPI_BYTE, 0, tag_task, MPI_COMM_WORLD);
  }
  return MPI_Wtime() - start;
}
