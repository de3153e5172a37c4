#include "core/unique_handle.hpp"

#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace foundation::core {
namespace {

std::vector<int> closed;

struct NumberPolicy {
  using Raw = int;
  static Raw null() noexcept { return -1; }
  static void close(Raw raw) noexcept { closed.push_back(raw); }
};
using Handle = UniqueHandle<NumberPolicy>;

static_assert(!std::is_copy_constructible_v<Handle> && !std::is_copy_assignable_v<Handle>);
static_assert(std::is_nothrow_move_constructible_v<Handle>);

class UniqueHandleTest : public testing::Test {
 protected:
  UniqueHandleTest() { closed.clear(); }
};

TEST_F(UniqueHandleTest, closes_once) {
  { const Handle handle{3}; }
  EXPECT_EQ(closed, std::vector<int>{3});
}

TEST_F(UniqueHandleTest, moves_ownership) {
  Handle first{3};
  Handle second{std::move(first)};
  EXPECT_EQ(second.get(), 3);
  Handle third{4};
  third = std::move(second);
  EXPECT_EQ(closed, std::vector<int>{4});
  EXPECT_EQ(third.get(), 3);
}

TEST_F(UniqueHandleTest, null_and_released_ones_are_not_closed) {
  {
    const Handle empty;
    EXPECT_FALSE(empty);
    Handle released{5};
    EXPECT_TRUE(released);
    EXPECT_EQ(released.release(), 5);
  }
  EXPECT_TRUE(closed.empty());
}

TEST_F(UniqueHandleTest, survives_assignment_to_itself) {
  Handle handle{6};
  Handle& same = handle;
  handle = std::move(same);
  EXPECT_EQ(handle.get(), 6);
  EXPECT_TRUE(closed.empty());
}

}  // namespace
}  // namespace foundation::core
