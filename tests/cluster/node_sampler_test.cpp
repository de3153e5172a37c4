#include "cluster/node_sampler.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "core/codec.hpp"
#include "core/error.hpp"

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;

class SampledRoot : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_ / "proc/pressure"); }
  void TearDown() override { fs::remove_all(root_); }
  void write(const char* file, const char* text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream{root_ / file} << text;
  }
  fs::path root_ = fs::path{::testing::TempDir()} / "node_sampler_test_root";
};

TEST_F(SampledRoot, measures_what_is_there) {
  write("proc/stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n");
  write("proc/loadavg", "1.50 1.00 0.50 3/345 999\n");
  write("proc/meminfo", "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n");
  write("proc/pressure/cpu", "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\n");
  NodeSampler sampler{"node1", 4, 8, root_};
  const NodeSample first = sampler.take(7);
  EXPECT_EQ(first.node, "node1");
  EXPECT_EQ(first.rank, 4U);
  EXPECT_EQ(first.at, 7);
  EXPECT_EQ(first.cores, 8U);
  EXPECT_EQ(first.load, 1.5);
  EXPECT_EQ(first.cpu_percent, std::nullopt);  // there is nothing to compare with yet
  EXPECT_EQ(first.memory_bytes, 1000U * 1024);
  EXPECT_EQ(first.memory_available_bytes, 400U * 1024);
  EXPECT_EQ(first.pressure.cpu, 12.34);
  EXPECT_EQ(first.pressure.io, std::nullopt);
  write("proc/stat", "cpu  150 0 125 725 100 0 0 0 0 0\n");
  EXPECT_EQ(sampler.take(8).cpu_percent, 75.0);
  EXPECT_EQ(sampler.take(9).cpu_percent, std::nullopt);  // no tick has passed
}

TEST_F(SampledRoot, respects_the_limits_of_the_group) {
  write("proc/meminfo", "MemTotal:  1000 kB\nMemAvailable:  900 kB\n");
  write("proc/self/cgroup", "0::/job\n");
  write("sys/fs/cgroup/job/memory.max", "512000\n");
  write("sys/fs/cgroup/job/memory.current", "500000\n");
  write("sys/fs/cgroup/job/memory.stat", "anon 1\ninactive_file 100000\n");
  const NodeSample sample = NodeSampler{"node1", 0, 1, root_}.take(0);
  EXPECT_EQ(sample.memory_bytes, 512000U);
  EXPECT_EQ(sample.memory_available_bytes, 112000U);
}

TEST_F(SampledRoot, what_is_not_there_is_absent) {
  const NodeSample sample = NodeSampler{"node1", 0, 1, root_}.take(0);
  EXPECT_EQ(sample.load, std::nullopt);
  EXPECT_EQ(sample.memory_bytes, std::nullopt);
  EXPECT_EQ(sample.memory_available_bytes, std::nullopt);
  EXPECT_EQ(sample.pressure, Pressure{});
}

TEST(NodeSampler, reads_this_machine) {
  const NodeSample sample = NodeSampler{"here", 0, 1}.take(0);
  EXPECT_TRUE(sample.load && *sample.load >= 0);
  EXPECT_TRUE(sample.memory_bytes && *sample.memory_bytes > 0);
  EXPECT_TRUE(sample.memory_available_bytes);
}

TEST(NodeSampler, understands_the_kernels_formats_only) {
  EXPECT_FALSE(parse_cpu_ticks(""));
  EXPECT_FALSE(parse_cpu_ticks("cpu0 1 2 3 4 5 6 7 8"));
  EXPECT_FALSE(parse_cpu_ticks("cpu 1 2 x"));
  EXPECT_TRUE(parse_cpu_ticks("cpu 1 2 3 4 5"));
  EXPECT_FALSE(parse_pressure("full avg10=1"));
  EXPECT_FALSE(parse_pressure("some avg10=x"));
}

TEST(NodeSample, travels_with_all_that_is_absent) {
  NodeSample sample;
  sample.node = "node2";
  sample.rank = 3;
  sample.load = 0.0;
  sample.memory_bytes = 17;
  sample.pressure.io = 2.5;
  core::Encoder encoder;
  encoder << sample;
  NodeSample copy;
  copy.cpu_percent = 5;  // must go
  core::Decoder decoder{encoder.bytes()};
  decoder >> copy;
  decoder.finish();
  EXPECT_EQ(copy, sample);
  const auto bytes = encoder.bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    core::Decoder cut{std::span{bytes}.first(size)};
    EXPECT_THROW(cut >> copy, core::Error) << size;
  }
}

}  // namespace
}  // namespace foundation::cluster
