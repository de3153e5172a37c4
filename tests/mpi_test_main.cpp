#include <cstdio>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <mpi.h>

/// main of every test of foundation_add_mpi_test. All ranks run the same tests; rank 0 prints as
/// usual, the others only what fails. The exit status is the same on every rank: a failure on one
/// fails all, and so does a run in which no test ran.
namespace {

/// Prints failed expectations with the rank they failed on.
class FailurePrinter final : public testing::EmptyTestEventListener {
 public:
  explicit FailurePrinter(int rank) noexcept : rank_{rank} {}

  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string{test.test_suite_name()} + "." + test.name();
  }
  /// Called with GoogleTest's lock held: it must not be asked for the current test here.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name() != nullptr ? result.file_name() : "unknown file";
    std::fprintf(stderr, "[rank %d] %s:%d: failure in %s\n[rank %d] %s\n", rank_, file,
                 result.line_number(), test_.c_str(), rank_, result.message());
  }

 private:
  int rank_;
  std::string test_;
};

void keep_failures_only(int rank) {
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  const std::unique_ptr<testing::TestEventListener> printer{
      listeners.Release(listeners.default_result_printer())};
  const std::unique_ptr<testing::TestEventListener> xml{
      listeners.Release(listeners.default_xml_generator())};
  listeners.Append(new FailurePrinter{rank});  // owned by GoogleTest
}

}  // namespace

int main(int argc, char** argv) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);

  testing::InitGoogleTest(&argc, argv);
  if (rank != 0) keep_failures_only(rank);

  int failed = RUN_ALL_TESTS();
  if (provided < MPI_THREAD_SERIALIZED) {
    std::fprintf(stderr, "[rank %d] MPI grants no MPI_THREAD_SERIALIZED\n", rank);
    failed = 1;
  }
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::fprintf(stderr, "[rank %d] no test ran\n", rank);
    failed = 1;
  }
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return failed == 0 ? 0 : 1;
}
