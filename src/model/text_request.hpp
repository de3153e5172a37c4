#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"

namespace foundation::model {

/// Index of a text request in the order in which a run asked for them; no part of the answer.
using RequestIndex = std::uint32_t;
/// Texts that may be asked for by one request.
inline constexpr std::uint32_t most_samples = 64;

/// What a text request wants. Values are written to journals: never renumber.
enum class RequestKind : std::uint8_t {
  describe,  ///< what the shown examples have in common: a note for other requests
  rewrite,   ///< a value of the parameter that does better than those attempted
  advise,    ///< what the first observed answer got right and the second wrong: advice to add
};

/// A value that a parameter had, and how well the candidate with it did.
struct Attempt {
  std::string text;
  double score = 0;
  bool operator==(const Attempt&) const = default;
};

/// What a program answered on a cell of the train split.
struct Observation {
  std::uint32_t position = 0;  ///< of the cell: example x trials + trial
  CellStatus status = CellStatus::pending;
  double score = 0;
  std::string output{};
  bool operator==(const Observation&) const = default;
};

/// A text that a strategy asks the program to write: a new instruction, advice, a description. The
/// program says it in its own words to whatever writes for it (a language model), with the texts of
/// the trainset, which strategies do not know. Each sample is a cell: leased, journalled, charged
/// to the budget and not asked for again once it is durable. Two requests with equal content
/// are the same request.
struct TextRequest {
  RequestKind kind = RequestKind::rewrite;
  std::string parameter{};                  ///< the text parameter it is about
  Assignment assignment{};                  ///< of the candidate it is about
  std::vector<Attempt> attempts{};          ///< worst first
  std::vector<Observation> observations{};  ///< of that candidate, or better and worse ones
  std::vector<std::uint32_t> examples{};  ///< examples of the train split to be shown, by position
  std::string notes{};                    ///< the answer to a `describe`, or empty
  std::string tip{};                      ///< a hint at the manner of the text, or empty
  bool operator==(const TextRequest&) const = default;
};

/// A request and its place in the run.
struct NumberedRequest {
  RequestIndex index = 0;
  TextRequest request{};
  bool operator==(const NumberedRequest&) const = default;
};

/// "describe", "rewrite", "advise".
[[nodiscard]] std::string_view name_of(RequestKind kind) noexcept;
/// Is this one of the values above? For what was read.
[[nodiscard]] constexpr bool is_known(RequestKind kind) noexcept {
  return kind <= RequestKind::advise;
}

/// Identity of a request: of its whole content.
[[nodiscard]] core::Digest digest(const TextRequest& request);

}  // namespace foundation::model
