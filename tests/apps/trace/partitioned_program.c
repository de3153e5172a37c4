/* What MPI 4 has beside what all libraries have: requests in partitions, counts wider than int, and
 * collectives that are prepared:
 *
 *   partitioned_program ROUNDS [LATE_US]
 *
 * Each even rank sends to the next one. The last partition is ready LATE_US after the start. */
#include <unistd.h>

#include <mpi.h>
#include <stdlib.h>

enum { partitions = 4, numbers = 8, parted = 5, wide = 6 };

static double buffer[partitions * numbers];

static void send_in_parts(MPI_Request* request, useconds_t late_us) {
  const int single[] = {1};
  MPI_Start(request);
  MPI_Pready(0, *request);
  MPI_Pready_list(1, (int*)single, *request);
  if (late_us > 0) usleep(late_us);
  MPI_Pready_range(2, partitions - 1, *request);
  MPI_Wait(request, MPI_STATUS_IGNORE);
}

static void receive_in_parts(MPI_Request* request) {
  MPI_Start(request);
  int flag = 0;
  MPI_Parrived(*request, 0, &flag);
  MPI_Wait(request, MPI_STATUS_IGNORE);
}

static void use_wide_counts(int sends, int partner) {
  if (sends) {
    MPI_Send_c(buffer, numbers, MPI_DOUBLE, partner, wide, MPI_COMM_WORLD);
  } else {
    MPI_Recv_c(buffer, numbers, MPI_DOUBLE, partner, wide, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  MPI_Bcast_c(buffer, numbers, MPI_DOUBLE, 0, MPI_COMM_WORLD);
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  const useconds_t late_us = argc == 3 ? (useconds_t)atoi(argv[2]) : 0;
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const int sends = rank % 2 == 0;
  const int partner = rank ^ 1;
  MPI_Request parts;
  MPI_Request sum;
  double one = 1;
  double all = 0;
  if (sends) {
    MPI_Psend_init(buffer, partitions, numbers, MPI_DOUBLE, partner, parted, MPI_COMM_WORLD,
                   MPI_INFO_NULL, &parts);
  } else {
    MPI_Precv_init(buffer, partitions, numbers, MPI_DOUBLE, partner, parted, MPI_COMM_WORLD,
                   MPI_INFO_NULL, &parts);
  }
  MPI_Allreduce_init(&one, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, MPI_INFO_NULL, &sum);
  for (int i = atoi(argv[1]); i > 0; --i) {
    if (sends) {
      send_in_parts(&parts, late_us);
    } else {
      receive_in_parts(&parts);
    }
    use_wide_counts(sends, partner);
    MPI_Start(&sum);
    MPI_Wait(&sum, MPI_STATUS_IGNORE);
  }
  MPI_Request_free(&parts);
  MPI_Request_free(&sum);
  MPI_Finalize();
  return 0;
}
