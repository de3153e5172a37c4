#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"
#include "programs/dataset.hpp"

namespace foundation::programs {
namespace {

using Shares = std::array<double, model::split_count>;

/// Examples that must stay together: a group, or one example alone.
struct Unit {
  std::vector<std::uint32_t> members;  ///< indices of examples
  std::string_view stratum;
};

core::Digest content_of(const Example& example) {
  core::Hasher hasher;
  hasher.add(example.inputs.size());
  for (const std::string& input : example.inputs) hasher.add(std::string_view{input});
  hasher.add(std::string_view{example.label}).add(std::string_view{example.group});
  hasher.add(example.weight);
  return hasher.digest();
}

/// The label most of the members have; the first in sorted order among equals.
std::string_view main_label(const Dataset& data, std::span<const std::uint32_t> members) {
  std::map<std::string_view, std::size_t> counts;
  for (const std::uint32_t member : members) ++counts[data.examples[member].label];
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  return std::ranges::max_element(counts, fewer)->first;
}

/// All indices, ordered by what the examples hold rather than by where they stand in the file:
/// a re-sorted file gives the same split. Examples that are equal keep their order.
std::vector<std::uint32_t> by_content(const Dataset& data,
                                      const std::vector<core::Digest>& contents) {
  std::vector<std::uint32_t> indices(data.examples.size());
  std::iota(indices.begin(), indices.end(), 0U);
  std::ranges::stable_sort(indices, {}, [&](std::uint32_t index) { return contents[index]; });
  return indices;
}

std::vector<Unit> make_units(const Dataset& data, const std::vector<core::Digest>& contents,
                             bool stratify) {
  std::vector<Unit> units;
  std::map<std::string_view, std::size_t> unit_of_group;
  for (const std::uint32_t index : by_content(data, contents)) {
    const std::string& group = data.examples[index].group;
    if (!group.empty()) {
      const auto [entry, is_new] = unit_of_group.try_emplace(group, units.size());
      if (!is_new) {
        units[entry->second].members.push_back(index);
        continue;
      }
    }
    units.push_back({.members = {index}, .stratum = {}});
  }
  if (stratify) {
    for (Unit& unit : units) unit.stratum = main_label(data, unit.members);
  }
  return units;
}

/// How many of a stratum's `size` examples each split should get: its share rounded down, and
/// what is left over goes, one each, to the largest remainders (Hamilton's method). `carried`
/// (what each split got too little of in earlier strata) is added to the remainders, so that
/// many small strata do not add up to wrong totals.
std::array<std::uint64_t, model::split_count> apportion(const Shares& shares, std::uint64_t size,
                                                        const Shares& carried) {
  constexpr double noise = 1e-9;
  std::array<std::uint64_t, model::split_count> counts{};
  Shares remainders{};
  std::uint64_t left = size;
  for (std::size_t split = 0; split < counts.size(); ++split) {
    const double quota = shares[split] * static_cast<double>(size);
    counts[split] = std::min(left, static_cast<std::uint64_t>(quota + noise));
    remainders[split] = quota - static_cast<double>(counts[split]);
    left -= counts[split];
  }
  std::array<std::size_t, model::split_count> ranking{0, 1, 2};
  std::ranges::stable_sort(ranking, [&](std::size_t a, std::size_t b) {
    const bool a_open = remainders[a] > noise;
    const bool b_open = remainders[b] > noise;
    if (a_open != b_open) return a_open;
    return remainders[a] + carried[a] > remainders[b] + carried[b];
  });
  for (std::size_t rank = 0; left > 0; rank = (rank + 1) % ranking.size(), --left) {
    ++counts[ranking[rank]];
  }
  return counts;
}

/// Deals the units of one stratum out, largest first, each to the split that lacks most: single
/// examples by what the split should get of the stratum, groups (which upset such fine counts) by
/// what it should have got of this and all earlier strata. What is lacking adds up to what is
/// left to deal, so a split without a share never lacks most.
void deal(std::span<const Unit*> units, const Shares& shares, Shares& carried,
          SplitDataset& result) {
  std::uint64_t size = 0;
  for (const Unit* unit : units) size += unit->members.size();
  const auto targets = apportion(shares, size, carried);
  Shares lacking{};
  for (std::size_t split = 0; split < lacking.size(); ++split) {
    lacking[split] = static_cast<double>(targets[split]);
    carried[split] += shares[split] * static_cast<double>(size);
  }
  std::ranges::stable_sort(units, std::greater{},
                           [](const Unit* unit) { return unit->members.size(); });
  for (const Unit* unit : units) {
    const Shares& needs = unit->members.size() == 1 ? lacking : carried;
    const auto split = static_cast<std::size_t>(std::ranges::max_element(needs) - needs.begin());
    lacking[split] -= static_cast<double>(unit->members.size());
    carried[split] -= static_cast<double>(unit->members.size());
    auto& order = result.order[split];
    order.insert(order.end(), unit->members.begin(), unit->members.end());
  }
}

Shares checked_shares(const SplitOptions& options) {
  const Shares shares{options.train, options.validation, options.test};
  double sum = 0;
  for (const double share : shares) {
    if (!(share >= 0 && share <= 1)) {
      throw core::Error{core::ErrorKind::bad_input,
                        fmt::format("a split's share is {}, not between 0 and 1", share)};
    }
    sum += share;
  }
  if (std::fabs(sum - 1) > 1e-6) {
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("the shares of train, validation and test add up to {}, not 1", sum)};
  }
  return shares;
}

void check_sizes(const SplitDataset& result, const Shares& shares) {
  for (std::size_t split = 0; split < shares.size(); ++split) {
    if (shares[split] == 0 || !result.order[split].empty()) continue;
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("the {} split would be empty: {} examples are too few for a share of {}",
                    model::name_of(static_cast<model::Split>(split)), result.data.examples.size(),
                    shares[split]),
        "give more examples, smaller groups, or another share"};
  }
}

}  // namespace

SplitDataset split_dataset(Dataset data, const SplitOptions& options, std::uint64_t seed) {
  const Shares shares = checked_shares(options);
  SplitDataset result{.data = std::move(data), .order = {}};
  std::vector<core::Digest> contents;
  for (const Example& example : result.data.examples) contents.push_back(content_of(example));
  const std::vector<Unit> units = make_units(result.data, contents, options.stratify);

  std::vector<const Unit*> shuffled;
  shuffled.reserve(units.size());
  for (const Unit& unit : units) shuffled.push_back(&unit);
  core::Stream stream{seed, core::Purpose::split};
  stream.shuffle(std::span{shuffled});
  std::ranges::stable_sort(shuffled, {}, &Unit::stratum);

  Shares carried{};
  for (auto begin = shuffled.begin(); begin != shuffled.end();) {
    const auto end = std::ranges::find_if(begin, shuffled.end(), [&](const Unit* unit) {
      return unit->stratum != (*begin)->stratum;
    });
    deal(std::span{begin, end}, shares, carried, result);
    begin = end;
  }
  check_sizes(result, shares);

  for (std::uint32_t split = 0; split < result.order.size(); ++split) {
    auto& order = result.order[split];
    std::ranges::sort(order);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t index) { return contents[index]; });
    core::Stream order_stream{seed, core::Purpose::order, split};
    order_stream.shuffle(std::span{order});
  }
  return result;
}

}  // namespace foundation::programs
