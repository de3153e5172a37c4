#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

/// Counts the allocations of this program and lets the n-th one fail, once.
namespace {
std::atomic<std::int64_t> allocations_left{-1};  // below 0: none fails

void* allocate(std::size_t size) {
  if (allocations_left.load(std::memory_order_relaxed) >= 0 && allocations_left-- == 0)
    throw std::bad_alloc{};
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace foundation::testing {
namespace {

/// Runs `work` with the n-th allocation failing for n = 0, 1, ... until it gets through; returns
/// how many there were. Only std::bad_alloc and errors of ours may come out.
template <class Work>
std::int64_t fail_each_allocation(const Work& work) {
  constexpr std::int64_t most = 200'000;
  for (std::int64_t n = 0; n < most; ++n) {
    bool failed = false;
    allocations_left = n;
    try {
      work(n);
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const core::Error& error) {
      failed = error.kind() == core::ErrorKind::io;
      EXPECT_TRUE(failed) << error.what();
    }
    const bool reached = allocations_left.exchange(-1) < 0;
    if (!reached && !failed) return n;
  }
  ADD_FAILURE() << "it never gets through";
  return most;
}

MemoryStorage sample_run(Texts& log) {
  MemoryStorage storage;
  core::Stream chance{3, core::Purpose::simulate};
  for (int epoch = 0; epoch < 2; ++epoch) {
    Process process{storage, [](auto& options) { options.segment_bytes = 2000; }};
    for (int i = 0; i < 6; ++i) process.append_and_commit({random_text(chance, 300), "x"});
    process.store_watermark();
    log = process.log;
  }
  return storage;
}

TEST(Allocations, each_can_fail_in_recovery) {
  Texts log;
  MemoryStorage storage = sample_run(log);
  const auto tried = fail_each_allocation([&](std::int64_t) {
    std::size_t records = 0;
    const journal::Recovery found =
        journal::read_log(MemoryDisk{storage}, [&records](const journal::Record&) { ++records; });
    ASSERT_EQ(records, found.records);
  });
  EXPECT_GT(tried, 20);
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, log);
}

TEST(Allocations, each_can_fail_in_a_session_that_continues_a_run) {
  Texts before;
  const MemoryStorage original = sample_run(before);
  const auto tried = fail_each_allocation([&](std::int64_t n) {
    const std::int64_t left = allocations_left.exchange(-1);
    MemoryStorage storage = original;  // outside of what may fail
    Texts log;
    std::size_t acknowledged = before.size();
    allocations_left = left;
    std::exception_ptr failure;
    try {
      Process process{storage, {}};
      for (int i = 0; i < 3; ++i) {
        log = process.log;
        log.push_back("new");
        process.append("new");
        process.commit();
        if (process.writer->durable() > acknowledged) acknowledged = process.writer->durable();
      }
      log = process.log;
    } catch (...) {
      failure = std::current_exception();
    }
    const std::int64_t rest = allocations_left.exchange(-1);
    const ReadBack back = read_back(MemoryDisk{storage});
    ASSERT_GE(back.texts.size(), acknowledged) << "allocation " << n;
    ASSERT_TRUE(is_prefix(before, back.texts)) << "allocation " << n;
    allocations_left = rest;
    if (failure) std::rethrow_exception(failure);
  });
  EXPECT_GT(tried, 50);
}

}  // namespace
}  // namespace foundation::testing
