#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/hash.hpp"
#include "model/text_request.hpp"

namespace foundation::optimize {

/// The text requests of a run, numbered in the order in which they were first asked for, which
/// depends on timing: it is the content that counts. Pure bookkeeping.
class RequestTable {
 public:
  RequestTable() = default;
  /// With those of an earlier session, in their order.
  explicit RequestTable(std::vector<model::TextRequest> requests);

  [[nodiscard]] std::optional<model::RequestIndex> find(const model::TextRequest& request) const;
  /// The place of a request that is not there yet.
  model::RequestIndex add(model::TextRequest request);
  [[nodiscard]] const std::vector<model::TextRequest>& all() const noexcept { return requests_; }
  [[nodiscard]] const core::Digest& digest_of(model::RequestIndex index) const {
    return digests_[index];
  }

 private:
  std::vector<model::TextRequest> requests_;
  std::vector<core::Digest> digests_;  ///< beside them
  std::map<core::Digest, model::RequestIndex> index_;
};

}  // namespace foundation::optimize
