/* Makes a known number of MPI calls of each kind, some of them without statuses. */
#include <mpi.h>

enum { rounds = 100, requests = 8 };

static void exchange(int next, int previous) {
  double out = next;
  double in = 0;
  for (int i = 0; i < rounds; ++i)
    MPI_Sendrecv(&out, 1, MPI_DOUBLE, next, 1, &in, 1, MPI_DOUBLE, previous, 1, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
}

static void exchange_without_waiting(int next) {
  int out[requests];
  int in[requests];
  MPI_Request pending[2 * requests];
  for (int i = 0; i < requests; ++i) {
    out[i] = i;
    MPI_Irecv(&in[i], 1, MPI_INT, MPI_ANY_SOURCE, i, MPI_COMM_WORLD, &pending[i]);
  }
  for (int i = 0; i < requests; ++i)
    MPI_Isend(&out[i], 1, MPI_INT, next, i, MPI_COMM_WORLD, &pending[requests + i]);
  MPI_Waitall(2 * requests, pending, MPI_STATUSES_IGNORE);
}

static void use_communicators(int rank) {
  MPI_Comm half;
  MPI_Comm copy;
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, 0, &half);
  MPI_Comm_dup(half, &copy);
  int one = 1;
  int sum = 0;
  for (int i = 0; i < rounds; ++i) MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, copy);
  MPI_Bcast(&sum, 1, MPI_INT, 0, half);
  MPI_Comm_free(&copy);
  MPI_Comm_free(&half);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  exchange((rank + 1) % size, (rank + size - 1) % size);
  exchange_without_waiting((rank + 1) % size);
  use_communicators(rank);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
