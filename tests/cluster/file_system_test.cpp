#include "cluster/file_system.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::cluster {
namespace {

TEST(FileSystemKindOf, knows_those_of_clusters) {
  EXPECT_EQ(file_system_kind(0x0BD00BD0).name, "lustre");
  EXPECT_TRUE(file_system_kind(0x6969).is_network);
  EXPECT_FALSE(file_system_kind(0xEF53).is_network);
  EXPECT_TRUE(file_system_kind(0x01021994).is_memory);
  EXPECT_TRUE(file_system_kind(1).name.empty());
}

TEST(InspectFileSystem, measures_the_working_folder) {
  const FileSystem facts = inspect_file_system(".");
  EXPECT_FALSE(facts.kind.empty());
  EXPECT_GT(facts.size_bytes, 0U);
  EXPECT_LE(facts.free_bytes, facts.size_bytes);
}

TEST(InspectFileSystem, refuses_a_missing_folder) {
  EXPECT_THROW(static_cast<void>(inspect_file_system("./no/such/folder")), core::Error);
}

}  // namespace
}  // namespace foundation::cluster
