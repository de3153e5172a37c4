/* Memory of other ranks, and files. */
#include "feature_program.h"

/* --- one-sided ---------------------------------------------------------------------------------*/

static void use_fence(double* memory, MPI_Win window) {
  const double one = 1;
  double got = 0;
  MPI_Win_fence(0, window);
  MPI_Put(&one, 1, MPI_DOUBLE, next(), 0, 1, MPI_DOUBLE, window);
  MPI_Accumulate(&one, 1, MPI_DOUBLE, 0, 1, 1, MPI_DOUBLE, MPI_SUM, window);
  MPI_Win_fence(0, window);
  MPI_Get(&got, 1, MPI_DOUBLE, previous(), 0, 1, MPI_DOUBLE, window);
  MPI_Win_fence(0, window);
  expect(memory[0] == 1 && got == 1, "what was put");
  expect(rank != 0 || memory[1] == size, "the sum");
}

static void use_groups(MPI_Win window) {
  const double two = 2;
  const int from = previous(), to = next();
  MPI_Group world, origins, targets;
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  MPI_Group_incl(world, 1, &from, &origins);
  MPI_Group_incl(world, 1, &to, &targets);
  MPI_Win_post(origins, 0, window);
  MPI_Win_start(targets, 0, window);
  MPI_Put(&two, 1, MPI_DOUBLE, to, 2, 1, MPI_DOUBLE, window);
  MPI_Win_complete(window);
  MPI_Win_wait(window);
  MPI_Group_free(&origins);
  MPI_Group_free(&targets);
  MPI_Group_free(&world);
}

static void use_locks(MPI_Win window) {
  const double three = 3;
  double before = 0, got = 0;
  MPI_Request pending[2];
  MPI_Win_lock(MPI_LOCK_EXCLUSIVE, next(), 0, window);
  MPI_Put(&three, 1, MPI_DOUBLE, next(), 3, 1, MPI_DOUBLE, window);
  MPI_Win_unlock(next(), window);
  MPI_Win_lock_all(0, window);
  MPI_Rput(&three, 1, MPI_DOUBLE, next(), 4, 1, MPI_DOUBLE, window, &pending[0]);
  MPI_Raccumulate(&three, 1, MPI_DOUBLE, 0, 5, 1, MPI_DOUBLE, MPI_SUM, window, &pending[1]);
  MPI_Waitall(2, pending, MPI_STATUSES_IGNORE);
  MPI_Win_flush_all(window);
  MPI_Get_accumulate(&three, 1, MPI_DOUBLE, &before, 1, MPI_DOUBLE, 0, 5, 1, MPI_DOUBLE, MPI_SUM,
                     window);
  MPI_Fetch_and_op(&three, &before, MPI_DOUBLE, 0, 5, MPI_SUM, window);
  MPI_Rget(&got, 1, MPI_DOUBLE, next(), 4, 1, MPI_DOUBLE, window, &pending[0]);
  MPI_Wait(&pending[0], MPI_STATUS_IGNORE);
  MPI_Win_unlock_all(window);
  expect(got == 3, "what was put under a lock");
}

void use_one_sided(void) {
  double memory[6] = {0};
  MPI_Win window;
  MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
  use_fence(memory, window);
  use_groups(window);
  use_locks(window);
  MPI_Win_free(&window);
}

/* --- files -------------------------------------------------------------------------------------*/

void use_files(void) {
  const double number = rank;
  double got = -1;
  MPI_File file;
  MPI_Request pending[2];
  MPI_File_open(MPI_COMM_WORLD, "numbers",
                MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE, MPI_INFO_NULL, &file);
  MPI_File_set_view(file, 0, MPI_DOUBLE, MPI_DOUBLE, "native", MPI_INFO_NULL);
  MPI_File_write_at_all(file, rank, &number, 1, MPI_DOUBLE, MPI_STATUS_IGNORE);
  MPI_File_sync(file);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_File_read_at(file, next(), &got, 1, MPI_DOUBLE, MPI_STATUS_IGNORE);
  expect(got == next(), "what the next rank wrote");
  MPI_File_iwrite_at(file, size + rank, &number, 1, MPI_DOUBLE, &pending[0]);
  MPI_File_iread_at(file, rank, &got, 1, MPI_DOUBLE, &pending[1]);
  MPI_Waitall(2, pending, MPI_STATUSES_IGNORE);
  expect(got == rank, "what this rank wrote");
  MPI_File_close(&file);
}
