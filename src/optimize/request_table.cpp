#include "optimize/request_table.hpp"

#include <utility>

namespace foundation::optimize {

using model::RequestIndex;
using model::TextRequest;

RequestTable::RequestTable(std::vector<TextRequest> requests) {
  for (TextRequest& request : requests) add(std::move(request));
}

std::optional<RequestIndex> RequestTable::find(const TextRequest& request) const {
  const auto known = index_.find(model::digest(request));
  return known == index_.end() ? std::nullopt : std::optional{known->second};
}

RequestIndex RequestTable::add(TextRequest request) {
  const auto index = static_cast<RequestIndex>(requests_.size());
  digests_.push_back(model::digest(request));
  index_.emplace(digests_.back(), index);
  requests_.push_back(std::move(request));
  return index;
}

}  // namespace foundation::optimize
