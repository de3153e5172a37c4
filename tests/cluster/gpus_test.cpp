#include "cluster/gpus.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

Names visible(const Variables& variables, const fs::path& root = "no-such-root") {
  return visible_gpus(
      [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      root);
}

TEST(VisibleGpus, follow_the_variables_of_the_drivers) {
  EXPECT_EQ(visible({{"CUDA_VISIBLE_DEVICES", "2,0"}}), (Names{"2", "0"}));
  EXPECT_EQ(visible({{"CUDA_VISIBLE_DEVICES", "GPU-8932f937,MIG-1"}}),
            (Names{"GPU-8932f937", "MIG-1"}));
  EXPECT_EQ(visible({{"ROCR_VISIBLE_DEVICES", "0"}, {"SLURM_JOB_GPUS", "0,1"}}), (Names{"0"}));
  EXPECT_EQ(visible({{"SLURM_JOB_GPUS", "0-2,5"}}), (Names{"0", "1", "2", "5"}));
  EXPECT_EQ(visible({{"SLURM_GPUS_ON_NODE", "2"}}), (Names{"0", "1"}));
}

TEST(VisibleGpus, an_empty_or_broken_list_hides_the_rest) {
  EXPECT_EQ(visible({{"CUDA_VISIBLE_DEVICES", ""}, {"SLURM_JOB_GPUS", "0"}}), Names{});
  EXPECT_EQ(visible({{"CUDA_VISIBLE_DEVICES", "NoDevFiles"}}), Names{});
  EXPECT_EQ(visible({{"CUDA_VISIBLE_DEVICES", "1,-1,0"}}), (Names{"1"}));
  EXPECT_EQ(visible({{"SLURM_JOB_GPUS", "3-1"}}), Names{});
  EXPECT_EQ(visible({{"SLURM_GPUS_ON_NODE", "99999999"}}), Names{});
}

TEST(VisibleGpus, are_the_device_files_where_nobody_says_anything) {
  const fs::path root = fs::path{::testing::TempDir()} / "gpus_test_root";
  fs::create_directories(root / "dev");
  for (const char* name : {"nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"})
    std::ofstream{root / "dev" / name} << "";
  EXPECT_EQ(visible({}, root), (Names{"0", "1"}));
  fs::remove_all(root);
  EXPECT_EQ(visible({}, root), Names{});
}

TEST(GpusOfSlot, are_disjoint_blocks) {
  const Names devices{"4", "5", "6", "7"};
  EXPECT_EQ(gpus_of_slot(0, 2, devices), (Names{"4", "5"}));
  EXPECT_EQ(gpus_of_slot(1, 2, devices), (Names{"6", "7"}));
  EXPECT_EQ(gpus_of_slot(3, 1, devices), (Names{"7"}));
  EXPECT_EQ(gpus_of_slot(9, 0, devices), Names{});
}

}  // namespace
}  // namespace foundation::cluster
