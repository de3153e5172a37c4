#include "programs/detail/text_features.hpp"

#include <set>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::programs::detail {
namespace {

constexpr auto word = FeatureOptions::Kind::word;
constexpr auto character = FeatureOptions::Kind::character;

std::size_t distinct(const std::vector<std::uint64_t>& features) {
  return std::set<std::uint64_t>(features.begin(), features.end()).size();
}

TEST(TextFeatures, words_ignore_case_and_punctuation) {
  const FeatureOptions options{.kind = word};
  EXPECT_EQ(features_of("Fast, FASTER; fast!", options), features_of("fast faster fast", options));
  EXPECT_EQ(features_of("a b a", options).size(), 3U);
  EXPECT_EQ(distinct(features_of("a b a", options)), 2U);
  EXPECT_TRUE(features_of(" -- ", options).empty());
}

TEST(TextFeatures, word_pairs_keep_their_order) {
  const FeatureOptions options{.kind = word, .shortest = 2, .longest = 2};
  EXPECT_EQ(features_of("a b c", options).size(), 2U);
  EXPECT_NE(features_of("a b", options), features_of("b a", options));
  EXPECT_NE(features_of("ab c", options), features_of("a bc", options));
  EXPECT_TRUE(features_of("alone", options).empty());
}

TEST(TextFeatures, character_ngrams_see_word_borders) {
  const FeatureOptions options{.kind = character, .shortest = 2, .longest = 3};
  // " ab " : two-grams " a" "ab" "b ", three-grams " ab" "ab "
  EXPECT_EQ(features_of("Ab", options).size(), 5U);
  EXPECT_EQ(features_of("a - b", options), features_of("A b", options));
}

TEST(TextFeatures, character_ngrams_never_cut_a_character) {
  const FeatureOptions options{.kind = character, .shortest = 2, .longest = 2};
  EXPECT_EQ(features_of("\u00E9\u4E2D\U0001F600", options).size(), 4U);
  EXPECT_EQ(features_of("\u00E9", options).size(), 2U);
  EXPECT_NO_FATAL_FAILURE(static_cast<void>(features_of("\x80\xFFz\xC3", options)));
}

TEST(TextFeatures, are_the_same_in_every_version_of_the_program) {
  EXPECT_EQ(features_of("damped", {.kind = word}).at(0), 16846573986106353632U);
  EXPECT_EQ(features_of("x", {.kind = character, .shortest = 2, .longest = 2}).at(0),
            682336288038230000U);
}

TEST(FeatureIndex, numbers_features_in_the_order_they_come) {
  FeatureIndex index{3};
  EXPECT_EQ(index.add(50), 0U);
  EXPECT_EQ(index.add(0), 1U);
  EXPECT_EQ(index.add(50), 0U);
  EXPECT_EQ(index.add(66), 2U);  // same slot as 50 in a table of 16
  EXPECT_EQ(index.size(), 3U);
  EXPECT_EQ(index.find(66), 2U);
  EXPECT_EQ(index.find(82), FeatureIndex::none);
}

TEST(FeatureIndex, agrees_with_a_set_for_many_features) {
  core::Stream stream{3, core::Purpose::simulate};
  FeatureIndex index{5000};
  std::set<std::uint64_t> known;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t feature = stream.below(3000) << 20;
    const bool is_new = known.insert(feature).second;
    EXPECT_EQ(index.find(feature) == FeatureIndex::none, is_new);
    static_cast<void>(index.add(feature));
    EXPECT_EQ(index.size(), known.size());
  }
}

}  // namespace
}  // namespace foundation::programs::detail
