#include "campaign/suspects.hpp"

#include <gmock/gmock.h>

namespace foundation::campaign {
namespace {

using model::CellRange;
using model::Split;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CellRange validation(std::uint32_t candidate, std::uint32_t begin, std::uint32_t end) {
  return {candidate, Split::validation, begin, end};
}

/// The parts of a range that belong into a child.
std::vector<CellRange> in_child(const Suspects& suspects, const CellRange& range) {
  std::vector<CellRange> found;
  std::uint32_t next = range.begin;
  for (const Suspects::Part& part : suspects.sort(range)) {
    EXPECT_EQ(part.range.begin, next) << "parts follow each other";
    next = part.range.end;
    if (part.place == Place::in_child) found.push_back(part.range);
  }
  EXPECT_EQ(next, range.end) << "all of the range";
  return found;
}

TEST(Suspects, are_nobody_at_first) {
  const Suspects suspects{1};
  EXPECT_THAT(in_child(suspects, validation(0, 0, 10)), IsEmpty());
}

TEST(Suspects, are_what_a_dead_process_held) {
  Suspects suspects{1};
  suspects.add(validation(2, 3, 5));
  suspects.add(validation(2, 7, 8));
  EXPECT_THAT(in_child(suspects, validation(2, 0, 10)),
              ElementsAre(validation(2, 3, 5), validation(2, 7, 8)));
  EXPECT_THAT(in_child(suspects, validation(1, 0, 10)), IsEmpty());
  EXPECT_THAT(in_child(suspects, {2, Split::test, 0, 10}), IsEmpty());
}

TEST(Suspects, of_a_convicted_candidate_or_example_are_all_cells) {
  Suspects suspects{1};
  suspects.add(validation(2, 3, 5));
  EXPECT_TRUE(suspects.convict(2, Split::validation, 4));
  EXPECT_THAT(in_child(suspects, validation(2, 0, 10)), ElementsAre(validation(2, 0, 10)));
  EXPECT_THAT(in_child(suspects, {2, Split::test, 0, 3}),
              ElementsAre(CellRange{2, Split::test, 0, 3}));
  EXPECT_THAT(in_child(suspects, validation(7, 0, 10)), ElementsAre(validation(7, 4, 5)));
  EXPECT_THAT(in_child(suspects, {7, Split::train, 0, 10}), IsEmpty());
}

TEST(Suspects, a_crash_that_is_explained_convicts_nobody_else) {
  Suspects suspects{1};
  suspects.add(validation(2, 4, 5));
  EXPECT_TRUE(suspects.convict(2, Split::validation, 4));
  EXPECT_FALSE(suspects.convict(2, Split::validation, 6)) << "by its candidate";
  EXPECT_FALSE(suspects.convict(3, Split::validation, 4)) << "by its example";
  EXPECT_THAT(in_child(suspects, validation(3, 0, 10)), ElementsAre(validation(3, 4, 5)));
}

TEST(Suspects, a_sample_convicts_its_request_only) {
  Suspects suspects{3};
  suspects.add({2, Split::request, 4, 5});
  EXPECT_TRUE(suspects.convict(2, Split::request, 4));
  EXPECT_FALSE(suspects.convict(2, Split::request, 7));
  EXPECT_THAT(in_child(suspects, {2, Split::request, 0, 9}),
              ElementsAre(CellRange{2, Split::request, 0, 9}));
  EXPECT_THAT(in_child(suspects, {3, Split::request, 0, 9}), IsEmpty());
  EXPECT_THAT(in_child(suspects, validation(2, 0, 9)), IsEmpty()) << "a candidate of its number";
}

TEST(Suspects, of_an_example_are_all_its_trials) {
  Suspects suspects{3};
  suspects.add(validation(0, 4, 5));
  EXPECT_TRUE(suspects.convict(0, Split::validation, 4));
  EXPECT_THAT(in_child(suspects, validation(1, 0, 9)), ElementsAre(validation(1, 3, 6)));
}

}  // namespace
}  // namespace foundation::campaign
