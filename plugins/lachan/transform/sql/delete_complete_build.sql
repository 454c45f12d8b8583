delete from ops.complete_build
