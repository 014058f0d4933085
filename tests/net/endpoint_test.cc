#include "net/endpoint.h"

#include <gtest/gtest.h>

#include "expect_error.h"

namespace privquant {
namespace {

TEST(Endpoint, ReadsNamesAndAddresses) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:7000"), (Endpoint{"127.0.0.1", 7000}));
  EXPECT_EQ(parse_endpoint("my-server.example.org:1"), (Endpoint{"my-server.example.org", 1}));
  EXPECT_EQ(parse_endpoint("[::1]:65535"), (Endpoint{"::1", 65535}));
  EXPECT_EQ(parse_listen_endpoint("0.0.0.0:0"), (Endpoint{"0.0.0.0", 0}));
}

TEST(Endpoint, WritesWhatItReads) {
  for (const char* text : {"127.0.0.1:7000", "localhost:80", "[::1]:7000", "[2001:db8::1]:1"})
    EXPECT_EQ(parse_endpoint(text).text(), text);
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":", "localhost", "localhost:", ":7000", "localhost:0", "localhost:65536", "localhost:-1",
        "localhost:+1", "localhost:7000x", "localhost: 7000", "::1:7000", "[::1]",
        "[::1]:", "[localhost]:7000", "[]:1", "a b:1", "a/b:1", "localhost:99999999999999999999"})
    EXPECT_ERROR(parse_endpoint(text), ErrorCode::usage, "HOST:PORT");
  EXPECT_ERROR(parse_endpoint(std::string(254, 'a') + ":1"), ErrorCode::usage,
               "neither a name nor an address");
  EXPECT_ERROR(parse_endpoint("localhost:0"), ErrorCode::usage, "from 1 to 65535");
}

TEST(Endpoint, KnowsLoopback) {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_TRUE(is_loopback({host, 1})) << host;
  for (const char* host : {"0.0.0.0", "192.0.2.1", "::", "localhost.example.org", "example.org", "128.0.0.1"})
    EXPECT_FALSE(is_loopback({host, 1})) << host;
}

}  // namespace
}  // namespace privquant
