# The credentials themselves.
path "secret/data/shop/prod/*" {
  capabilities = ["create", "read", "update"]
}
# Their versions, their tags, lists of them, and their removal.
path "secret/metadata/shop/prod/*" {
  capabilities = ["create", "read", "update", "list", "delete"]
}
# Only with softDelete: to hide what is deleted, and to show it again.
path "secret/delete/shop/prod/*" {
  capabilities = ["update"]
}
path "secret/undelete/shop/prod/*" {
  capabilities = ["update"]
}
