#include "capture/executable.hpp"

#include <gtest/gtest.h>

namespace foundation::capture {
namespace {

TEST(Recorder, serves_the_library_that_it_was_made_for) {
  const Recorder recorder{.file = "/lib/recorder.so", .mpi_library = "libmpi.so.40"};
  EXPECT_TRUE(recorder.serves("libmpi.so.40"));
  for (const char* other : {"libmpi.so.12", "libmpich.so.12", "libmpi.so.4", "libmpi.so", ""})
    EXPECT_FALSE(recorder.serves(other)) << other;
}

TEST(Recorder, serves_all_libraries_with_mpichs_interface) {
  const Recorder recorder{.file = "/lib/recorder.so", .mpi_library = "libmpich.so.12"};
  for (const char* kin : {"libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12"})
    EXPECT_TRUE(recorder.serves(kin)) << kin;
  for (const char* other : {"libmpi.so.40", "libmpich.so.10", "libm.so.12"})
    EXPECT_FALSE(recorder.serves(other)) << other;
}

TEST(Executable, of_no_mpi_library_has_the_first_recorder) {
  const Executable it =
      inspect_executable({"true"}, {{"/lib/own.so", "libmpi.so.40"}, {"/lib/other.so", "libx.so"}});
  EXPECT_FALSE(it.names_mpi);
  EXPECT_TRUE(it.can_be_preloaded) << it.obstacle;
  EXPECT_EQ(it.recorder, "/lib/own.so");
}

}  // namespace
}  // namespace foundation::capture
