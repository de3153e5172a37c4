#include "optimize/text_store.hpp"

namespace foundation::optimize {

using model::CandidateIndex;
using model::Split;

void TextStore::put(CandidateIndex candidate, Split split, std::uint32_t position,
                    const std::string& text) {
  if (!keeps(split)) return;
  std::vector<Row>& rows = split == Split::train ? train_ : requests_;
  if (candidate >= rows.size()) rows.resize(candidate + 1);
  Row& row = rows[candidate];
  if (position >= row.size()) row.resize(position + 1);
  row[position] = text;
}

std::string_view TextStore::get(CandidateIndex candidate, Split split,
                                std::uint32_t position) const noexcept {
  if (!keeps(split)) return {};
  const std::vector<Row>& rows = split == Split::train ? train_ : requests_;
  if (candidate >= rows.size() || position >= rows[candidate].size()) return {};
  return rows[candidate][position];
}

}  // namespace foundation::optimize
