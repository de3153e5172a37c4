#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "model/cell.hpp"

namespace foundation::programs {

struct Example {
  std::string id;                   ///< from the id field, else its record number from 1
  std::vector<std::string> inputs;  ///< in the order of Dataset::input_names
  std::string label;                ///< without white space at its ends; empty if unlabelled
  std::string group;                ///< examples of one group stay in one split; may be empty
  double weight = 1;
};

struct Dataset {
  std::vector<std::string> input_names;
  std::string label_name;
  std::vector<Example> examples;
  std::uint64_t skipped_lines = 0;
  /// Digest of all examples in file order: the trainset's part of the job's identity.
  [[nodiscard]] core::Digest digest() const;
};

enum class DataFormat : std::uint8_t { automatic, jsonl, csv, tsv };

struct DatasetOptions {
  std::string file;                           ///< empty: one example without fields
  DataFormat format = DataFormat::automatic;  ///< by the file name's ending
  std::vector<std::string> inputs;            ///< field names, at least one
  std::string label;                          ///< empty: unlabelled
  std::string weight;                         ///< field name, empty: all 1
  std::string id;
  std::string group;
  bool skip_bad_lines = false;  ///< count and log instead of stopping
};

/// Reads JSON Lines (one object a line; strings, numbers and booleans as values) or CSV/TSV
/// (RFC 4180 with a header line). Throws core::Error{bad_input} with file, line and column for
/// the first bad line: a missing field, an empty label, a weight that is not a positive finite
/// number, a duplicate id, ill-formed UTF-8 (programs/records.hpp has the details); also for a
/// missing or empty file, and when every line is bad. core::Error{io} when it cannot be read.
/// Without a file there is one example without fields, for programs that need none.
[[nodiscard]] Dataset load_dataset(const DatasetOptions& options);

struct SplitOptions {
  double train = 0.5;  ///< shares; they must add up to 1
  double validation = 0.25;
  double test = 0.25;
  bool stratify = true;  ///< each label in each split by largest remainder
};

/// A dataset cut into splits, each in the job's one fixed order (shuffled by seed). What every
/// rank holds; immutable while a job runs.
struct SplitDataset {
  Dataset data;
  std::array<std::vector<std::uint32_t>, model::split_count> order;  ///< indices into data.examples

  [[nodiscard]] std::uint32_t size(model::Split split) const noexcept {
    return static_cast<std::uint32_t>(order[static_cast<std::size_t>(split)].size());
  }
  [[nodiscard]] const Example& at(model::Split split, std::uint32_t position) const {
    return data.examples[order[static_cast<std::size_t>(split)][position]];
  }
};

/// Whole groups are kept together; examples without a group are groups of one. A function of
/// (examples, options, seed) alone: where an example stands in the file plays no part. Stratified,
/// each label's share of a split is rounded down or up, unless its groups are too large for that;
/// a group counts for the label most of its examples have. Throws core::Error{bad_input} when a
/// split with a positive share would be empty.
[[nodiscard]] SplitDataset split_dataset(Dataset data, const SplitOptions& options,
                                         std::uint64_t seed);

}  // namespace foundation::programs
