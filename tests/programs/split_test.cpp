#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "programs/dataset.hpp"

namespace foundation::programs {
namespace {

using model::Split;
constexpr std::array<Split, 3> all_splits{Split::train, Split::validation, Split::test};

/// `count` examples with labels of very different frequency.
Dataset make_data(std::uint32_t count, std::uint64_t seed = 1) {
  core::Stream stream{seed, core::Purpose::simulate};
  Dataset data{.input_names = {"t"}, .label_name = "l", .examples = {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto label = stream.below(1 + stream.below(8));
    data.examples.push_back({.id = std::to_string(i),
                             .inputs = {"text " + std::to_string(i)},
                             .label = "label" + std::to_string(label),
                             .group = {}});
  }
  return data;
}

std::array<double, 3> shares_of(const SplitOptions& options) {
  return {options.train, options.validation, options.test};
}

core::Digest digest_of(const SplitDataset& split) {
  core::Hasher hasher;
  for (const Split which : all_splits) {
    hasher.add(split.size(which));
    for (std::uint32_t i = 0; i < split.size(which); ++i) {
      hasher.add(std::string_view{split.at(which, i).inputs[0]});
    }
  }
  return hasher.digest();
}

TEST(SplitDataset, is_a_partition) {
  for (const std::uint32_t count : {4U, 10U, 57U, 1000U}) {
    const SplitDataset split = split_dataset(make_data(count), {}, count);
    std::vector<std::uint32_t> all;
    for (const auto& order : split.order) all.insert(all.end(), order.begin(), order.end());
    std::ranges::sort(all);
    std::vector<std::uint32_t> expected(count);
    std::iota(expected.begin(), expected.end(), 0U);
    EXPECT_EQ(all, expected);
  }
}

TEST(SplitDataset, gives_each_label_its_share_rounded_down_or_up) {
  for (const SplitOptions options :
       {SplitOptions{}, SplitOptions{0.7, 0.2, 0.1}, SplitOptions{0.29, 0.3, 0.41}}) {
    const auto shares = shares_of(options);
    const SplitDataset split = split_dataset(make_data(731), options, 3);
    std::map<std::string, std::array<double, 3>> counts;
    std::map<std::string, double> totals;
    for (const Split which : all_splits) {
      for (std::uint32_t i = 0; i < split.size(which); ++i) {
        const std::string& label = split.at(which, i).label;
        ++counts[label][static_cast<std::size_t>(which)];
        ++totals[label];
      }
    }
    for (const auto& [label, count] : counts) {
      for (std::size_t s = 0; s < 3; ++s) {
        EXPECT_LT(std::fabs(count[s] - shares[s] * totals[label]), 1.0) << label;
      }
    }
    for (std::size_t s = 0; s < 3; ++s) {
      EXPECT_LT(std::fabs(static_cast<double>(split.order[s].size()) - shares[s] * 731), 2.0);
    }
  }
}

TEST(SplitDataset, labels_that_are_all_different_still_fill_every_split) {
  Dataset data = make_data(100);
  for (std::size_t i = 0; i < 100; ++i) data.examples[i].label = std::to_string(0.37 * double(i));
  const SplitDataset split = split_dataset(std::move(data), {}, 1);
  EXPECT_EQ(split.size(Split::train), 50U);
  EXPECT_EQ(split.size(Split::validation), 25U);
  EXPECT_EQ(split.size(Split::test), 25U);
}

TEST(SplitDataset, keeps_groups_together) {
  Dataset data = make_data(600);
  core::Stream stream{5, core::Purpose::simulate};
  for (Example& example : data.examples) {
    if (stream.chance(0.8)) example.group = "g" + std::to_string(stream.below(80));
  }
  for (const bool stratify : {true, false}) {
    const SplitDataset split = split_dataset(data, {.stratify = stratify}, 2);
    std::map<std::string, Split> place;
    for (const Split which : all_splits) {
      for (std::uint32_t i = 0; i < split.size(which); ++i) {
        const std::string& group = split.at(which, i).group;
        if (group.empty()) continue;
        EXPECT_EQ(place.try_emplace(group, which).first->second, which) << group;
      }
    }
    EXPECT_NEAR(split.size(Split::train), 300, 15);
    EXPECT_NEAR(split.size(Split::test), 150, 15);
  }
}

TEST(SplitDataset, where_examples_stand_in_the_file_plays_no_part) {
  Dataset data = make_data(300);
  for (std::size_t i = 0; i < 40; ++i) data.examples[i].group = i < 20 ? "one" : "two";
  const auto expected = digest_of(split_dataset(data, {}, 9));
  core::Stream stream{1, core::Purpose::simulate};
  for (int round = 0; round < 5; ++round) {
    stream.shuffle(std::span{data.examples});
    EXPECT_EQ(digest_of(split_dataset(data, {}, 9)), expected);
  }
}

TEST(SplitDataset, depends_on_the_seed) {
  std::set<core::Digest> digests;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    digests.insert(digest_of(split_dataset(make_data(50), {}, seed)));
  }
  EXPECT_EQ(digests.size(), 20U);
}

TEST(SplitDataset, is_the_same_in_every_version_of_the_program) {
  EXPECT_EQ(digest_of(split_dataset(make_data(200), {}, 42)).hex(),
            "822959154b45d7a26151326b5ca5876c");
}

TEST(SplitDataset, order_is_shuffled) {
  const SplitDataset split = split_dataset(make_data(400), {}, 1);
  for (const auto& order : split.order) EXPECT_FALSE(std::ranges::is_sorted(order));
}

TEST(SplitDataset, a_share_of_zero_gives_an_empty_split) {
  Dataset data = make_data(30);
  for (std::size_t i = 0; i < 30; ++i) data.examples[i].group = i < 28 ? "big" : "small";
  const SplitDataset split = split_dataset(data, {.train = 0.5, .validation = 0.5, .test = 0}, 1);
  EXPECT_EQ(split.size(Split::test), 0U);
}

TEST(SplitDataset, refuses_what_cannot_be_split) {
  const auto refuses = [](std::uint32_t count, SplitOptions options, std::string_view part) {
    try {
      static_cast<void>(split_dataset(make_data(count), options, 1));
    } catch (const core::Error& error) {
      return error.kind() == core::ErrorKind::bad_input &&
             std::string_view{error.what()}.find(part) != std::string_view::npos;
    }
    return false;
  };
  EXPECT_TRUE(refuses(2, {}, "split would be empty"));
  EXPECT_TRUE(refuses(9, {.train = 0.5, .validation = 0.5, .test = 0.5}, "add up to 1.5"));
  EXPECT_TRUE(refuses(9, {.train = 1.5, .validation = -0.5, .test = 0}, "not between 0 and 1"));
  EXPECT_TRUE(refuses(9, {.train = std::nan(""), .validation = 0.5, .test = 0.5}, "nan"));
}

}  // namespace
}  // namespace foundation::programs
