#include "model/cell.hpp"

#include <gtest/gtest.h>

namespace foundation::model {
namespace {

TEST(Cell, only_the_programs_own_outcomes_are_final) {
  for (const CellStatus status :
       {CellStatus::ok, CellStatus::wrong, CellStatus::invalid_output, CellStatus::timeout,
        CellStatus::crashed, CellStatus::out_of_memory}) {
    EXPECT_TRUE(is_final(status)) << name_of(status);
  }
  for (const CellStatus status :
       {CellStatus::pending, CellStatus::rate_limited, CellStatus::lost, CellStatus::blocked}) {
    EXPECT_FALSE(is_final(status)) << name_of(status);
  }
}

TEST(Cell, names_are_those_of_the_documentation) {
  EXPECT_EQ(name_of(CellStatus::pending), "pending");
  EXPECT_EQ(name_of(CellStatus::invalid_output), "invalid_output");
  EXPECT_EQ(name_of(CellStatus::out_of_memory), "out_of_memory");
  EXPECT_EQ(name_of(Split::train), "train");
  EXPECT_EQ(name_of(Split::validation), "validation");
  EXPECT_EQ(name_of(Split::test), "test");
  EXPECT_EQ(name_of(Split::request), "request");
  EXPECT_TRUE(is_known(Split::request));
  EXPECT_FALSE(is_known(static_cast<Split>(4)));
}

}  // namespace
}  // namespace foundation::model
