#include "cluster/cgroup.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;

TEST(CpuMax, is_quota_over_period) {
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  for (const char* text : {"", "100000", "x y", "100000 0", "-1 100000"}) {
    EXPECT_EQ(parse_cpu_max(text), std::nullopt) << text;
  }
}

/// A small imitation of /proc and /sys.
class CgroupLimitsOf : public testing::Test {
 protected:
  CgroupLimitsOf() { fs::remove_all(root_); }
  ~CgroupLimitsOf() override { fs::remove_all(root_); }

  void write(const fs::path& file, std::string_view text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream{root_ / file} << text;
  }
  [[nodiscard]] CgroupLimits read() const { return read_cgroup_limits(root_); }

 private:
  fs::path root_ = fs::current_path() / "imitation";
};

TEST_F(CgroupLimitsOf, a_machine_without_groups_are_none) {
  const CgroupLimits limits = read();
  EXPECT_FALSE(limits.cores);
  EXPECT_FALSE(limits.memory_bytes);
}

TEST_F(CgroupLimitsOf, version_2_are_the_tightest_up_to_the_root) {
  write("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  write("sys/fs/cgroup/slurm/cpu.max", "800000 100000\n");
  write("sys/fs/cgroup/slurm/job_7/cpu.max", "250000 100000\n");
  write("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/slurm/memory.max", "1048576\n");
  write("sys/fs/cgroup/slurm/job_7/memory.max", "max\n");
  EXPECT_EQ(read().cores, 2.5);
  EXPECT_EQ(read().memory_bytes, 1048576U);
}

TEST_F(CgroupLimitsOf, a_container_are_those_of_its_mount) {
  write("proc/self/cgroup", "0::/outside/of/the/container\n");
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(read().cores, 0.5);
}

TEST_F(CgroupLimitsOf, version_1_are_read_by_controller) {
  write("proc/self/cgroup", "11:cpuset:/x\n4:cpu,cpuacct:/slurm\n3:memory:/slurm\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu/slurm/cpu.cfs_quota_us", "400000\n");
  write("sys/fs/cgroup/cpu/slurm/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "4096\n");
  EXPECT_EQ(read().cores, 4);
  EXPECT_EQ(read().memory_bytes, 4096U);
}

TEST_F(CgroupLimitsOf, damaged_files_are_none) {
  write("proc/self/cgroup", "garbage\n0::\n:::::\n");
  write("sys/fs/cgroup/cpu.max", "many few\n");
  EXPECT_FALSE(read().cores);
}

}  // namespace
}  // namespace foundation::cluster
